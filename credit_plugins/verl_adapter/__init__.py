"""The only credit folder that imports verl: entry point, queue fields, trainer, CPU platform."""
