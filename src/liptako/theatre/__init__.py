"""What a theatre and a scenario are: schema, registry of parameters, levers, loading."""
