"""OAuth 2.0: users let programs into their accounts (authorization code with PKCE, RFC 6749, RFC 7636, RFC 9700)."""
