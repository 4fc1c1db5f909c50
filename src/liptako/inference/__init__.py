"""Fitting: what the data say of the parameters, with a posterior."""
