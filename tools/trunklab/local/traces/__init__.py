"""The local X-Ray: collects segments, keeps them and answers queries."""
