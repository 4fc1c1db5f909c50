"""The model: state, parameters, random numbers, the monthly step and ensembles of it."""
