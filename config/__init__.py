"""What changes between campaigns and installations: settings from the environment, and YAML for the rest."""
