"""The front door: public names, command line and report. Heavy imports wait until a name is used."""

__version__ = "0.1.0"
