"""Word when nobody looks: rules, what they have opened, and the messages that are sent of it."""
