"""One module per thing that a user can ask for."""
