"""One file a type: the file name is the word in the YAML."""
