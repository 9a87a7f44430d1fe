"""What a text is written in, found out from its beginning; reading then holds it to that."""
