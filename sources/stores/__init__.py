"""The kinds of place that hold snapshots, each as a Django storage: a folder, or a bucket of an S3 service."""
