import type { Figure } from "plotly.js-dist-min";

/** What a layout takes from the page, unless the figure says otherwise itself. */
export function themed(figure: Figure, node: HTMLElement): Figure {
  const styles = getComputedStyle(node);
  const variable = (name: string, fallback: string): string =>
    styles.getPropertyValue(name).trim() || fallback;
  const layout = figure.layout ?? {};
  const clear = "rgba(0,0,0,0)";
  return {
    ...figure,
    layout: {
      ...layout,
      autosize: true,
      paper_bgcolor: layout["paper_bgcolor"] ?? clear,
      plot_bgcolor: layout["plot_bgcolor"] ?? clear,
      font: {
        family: variable("--jp-ui-font-family", "system-ui, sans-serif"),
        color: variable("--jp-ui-font-color1", "#222"),
        size: 12,
        ...asObject(layout["font"]),
      },
      hoverlabel: {
        bgcolor: variable("--jp-layout-color2", "#eee"),
        font: { color: variable("--jp-ui-font-color1", "#222") },
        ...asObject(layout["hoverlabel"]),
      },
    },
    config: { responsive: false, displaylogo: false, ...figure.config },
  };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
