"""What a whole file's columns are: facts gathered batch by batch, in bounded memory."""
