"""What every REST view of the project shares: strict input, errors as problem+json, pages, byte answers."""
