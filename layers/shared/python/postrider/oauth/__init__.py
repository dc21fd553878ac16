"""OAuth 2.0: users give programs access to their accounts (authorization code with PKCE, RFC 6749, RFC 7636, RFC 9700)."""
