"""The demo company with a week of runs, to show pages with data to newcomers and to the screenshot script."""
