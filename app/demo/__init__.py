"""A demonstration on one machine: two invented councils, their own token issuer, and PostgreSQL from a wheel."""
