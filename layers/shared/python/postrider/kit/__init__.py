"""What every noun uses: no domain words, no AWS calls."""
