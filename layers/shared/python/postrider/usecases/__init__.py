"""Services that need several nouns. A noun does not import nouns that use it; work over both belongs here."""
