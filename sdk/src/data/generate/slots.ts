import type { Random } from "../../tensor/index.js";
import { between, pick } from "./draw-unique.js";
import type { Slots } from "./intents.js";

const PRODUCTS =
  "lamp chair kettle keyboard scarf mug tent backpack umbrella puzzle camera radio jacket blanket clock".split(
    " ",
  );
const COLOURS = "black blue green grey red white yellow".split(" ");
const STREETS = "Birch Cedar Garden Harbour Hill Lake Mill Park River Station".split(" ");
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The facts of one conversation. */
export function drawSlots(random: Random): Slots {
  const at = random.integer(COLOURS.length);
  return {
    order: `A${between(random, 10000, 99999)}`,
    product: pick(random, PRODUCTS),
    colour: COLOURS[at],
    otherColour: COLOURS[(at + 1 + random.integer(COLOURS.length - 1)) % COLOURS.length],
    address: `${between(random, 1, 180)} ${pick(random, STREETS)} Street`,
    day: pick(random, DAYS),
    days: String(between(random, 2, 14)),
    price: `${between(random, 9, 240)} euros`,
  };
}
