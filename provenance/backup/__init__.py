"""Database and snapshot store in one file, and both out of it again; the same file for SQLite and PostgreSQL."""
