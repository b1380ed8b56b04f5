"""What people know: notes on deployments and on kinds of failure, and what they acknowledge."""
