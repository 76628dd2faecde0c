/** What the blanks of one conversation are filled with. */
export interface Slots {
  readonly order: string;
  readonly product: string;
  readonly colour: string;
  readonly otherColour: string;
  readonly address: string;
  readonly day: string;
  readonly days: string;
  readonly price: string;
}

export interface Intent {
  readonly questions: readonly string[];
  readonly answers: readonly string[];
  /** The answer is about one order, whose number must be known. */
  readonly needsOrder: boolean;
}

export const INTENTS: Readonly<Record<string, Intent>> = {
  "track-order": {
    needsOrder: true,
    questions: [
      "Where is my {product}?",
      "Can you tell me when my {product} will arrive?",
      "I ordered a {product} and it is not here yet.",
    ],
    answers: [
      "Order {order} is on its way. Your {product} will arrive on {day}.",
      "I see order {order}: the {product} was sent and should be with you on {day}.",
    ],
  },
  "cancel-order": {
    needsOrder: true,
    questions: [
      "Please cancel my order of a {product}.",
      "I no longer need the {product}. Can I cancel?",
      "I would like to cancel the {product}, please.",
    ],
    answers: [
      "Order {order} is cancelled. You will have the {price} back within {days} days.",
      "Done: I cancelled {order}. The {price} will be returned within {days} days.",
    ],
  },
  "return-item": {
    needsOrder: true,
    questions: [
      "How can I send the {product} back?",
      "The {product} does not suit me. I want to return it.",
      "I would like to return a {product}.",
    ],
    answers: [
      "You can return the {product} of order {order} within {days} days. I sent you a label by mail.",
      "That is fine. I sent a label for order {order}; please post the {product} within {days} days.",
    ],
  },
  "damaged-item": {
    needsOrder: true,
    questions: [
      "My {product} arrived broken.",
      "The {product} came with a crack. What can you do?",
      "I opened the parcel and the {product} is damaged.",
    ],
    answers: [
      "I am sorry about that. A new {product} for order {order} will be sent on {day}; keep the broken one.",
      "I am sorry. We will replace the {product} of order {order}; the new one leaves on {day}.",
    ],
  },
  "change-address": {
    needsOrder: true,
    questions: [
      "Please send my {product} to {address} instead.",
      "I moved to {address}. Can you change the address of my order?",
      "Can my {product} go to {address}?",
    ],
    answers: [
      "I changed the address of order {order} to {address}.",
      "Order {order} will now go to {address}.",
    ],
  },
  "change-colour": {
    needsOrder: true,
    questions: [
      "I chose a {colour} {product} but would like it in {otherColour}.",
      "Could you make my {product} {otherColour} and not {colour}?",
      "Can I have the {product} in {otherColour}?",
    ],
    answers: [
      "I changed order {order}: the {product} will be {otherColour}.",
      "No problem, order {order} is now a {otherColour} {product}.",
    ],
  },
  "refund-status": {
    needsOrder: true,
    questions: [
      "When do I get my money back for the {product}?",
      "I returned the {product} but have no refund yet.",
      "Has the {price} for my {product} been paid back?",
    ],
    answers: [
      "The {price} for order {order} will be on your account by {day}.",
      "Your refund of {price} for order {order} was sent; please allow until {day}.",
    ],
  },
  invoice: {
    needsOrder: true,
    questions: [
      "I need an invoice for my {product}.",
      "Can you send me the invoice again?",
      "Where do I find the bill for the {product}?",
    ],
    answers: [
      "I sent the invoice of order {order} over {price} to your mail address.",
      "The invoice of {order} ({price}) is in your inbox now.",
    ],
  },
  stock: {
    needsOrder: false,
    questions: [
      "Do you have the {product} in {colour}?",
      "Is the {colour} {product} in stock?",
      "When will the {colour} {product} be available?",
    ],
    answers: [
      "The {colour} {product} will be in stock again on {day}.",
      "Not today, but the {product} in {colour} comes in on {day}.",
    ],
  },
  price: {
    needsOrder: false,
    questions: [
      "How much is the {product}?",
      "What does a {colour} {product} cost?",
      "What is the price of the {product}?",
    ],
    answers: ["The {product} costs {price}.", "It is {price}, and shipping is free."],
  },
  "shipping-time": {
    needsOrder: false,
    questions: [
      "How long does shipping take?",
      "If I order a {product} today, when is it here?",
      "How fast do you deliver to {address}?",
    ],
    answers: [
      "It takes {days} days.",
      "We deliver within {days} days; if you order today, by {day} at the latest.",
    ],
  },
  "opening-hours": {
    needsOrder: false,
    questions: ["When is your shop open?", "Can I come by on {day}?", "Until when are you open on {day}?"],
    answers: ["On {day} we are open from 9:00 to 18:00.", "We are open on {day} from nine to six."],
  },
};
