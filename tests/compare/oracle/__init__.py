"""What screens have to say, counted slowly from the upstream's own records, by no code of the dashboard."""
