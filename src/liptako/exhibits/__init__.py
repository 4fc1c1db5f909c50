"""One entry for each thing that is shown: table, chart, sentences and download."""
