"""The only folder of credit_plugins that imports verl: plugin, trainer, queue, CPU platform."""
