import { LabIcon } from "@jupyterlab/ui-components";
import logo from "../../branding/logo.svg";

export const gradlabIcon = new LabIcon({ name: "gradlab:logo", svgstr: logo });
