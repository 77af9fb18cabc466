"""What may be done with bank statements, by matter: take in, match, explain, confirm."""
