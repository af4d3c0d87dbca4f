"""What leaves the service to be checked elsewhere: one module for each form."""
