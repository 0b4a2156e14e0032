"""Pictures for people: values in, SVG text out. Pure: no I/O, no clock; nothing is judged here, only drawn."""
