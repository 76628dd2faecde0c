"""nbclient runs a notebook by its kernelspec; argv: notebook, folder to run in. Prints the outputs as JSON."""

import json
import sys

import nbclient
import nbformat

path, folder = sys.argv[1:]
notebook = nbformat.read(path, as_version=4)
nbclient.NotebookClient(notebook, kernel_name="gradlab", timeout=1800, resources={"metadata": {"path": folder}}).execute()
nbformat.validate(notebook)
print(json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"]))
