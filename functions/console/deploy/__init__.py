"""The menu Deploy: sending, links of places, websites, history, exports."""
