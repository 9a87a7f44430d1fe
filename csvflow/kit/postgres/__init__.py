"""What plugins that use PostgreSQL share: connections, COPY, and what its catalog tells."""
