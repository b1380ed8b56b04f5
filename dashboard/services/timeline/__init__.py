"""The health of deployments over time."""
