"""Sign-up forms: what an account sets up, the pages people see, and what becomes of a sign-up."""
