import type { LabIcon } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";
import "./style.css";

/** A panel of a side bar: a region with a name, which its tab shows as an icon. */
export class SidePanel extends Widget {
  constructor(name: string, icon: LabIcon) {
    super();
    this.id = `gradlab-${name.toLowerCase()}`;
    this.title.icon = icon;
    this.title.caption = name;
    this.addClass("gradlab-Panel");
    this.addClass(`gradlab-${name}`);
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", name);
  }
}
