import type { Family } from "./family.js";

/** Tasks about words and texts of small letters and blanks. */
export const TEXT_FAMILIES: readonly Family[] = [
  {
    name: "countLetter",
    arguments: ["text"],
    returns: "int",
    letters: 2,
    spec: 'counts how often the letters "{letter}" and "{other}" occur in `text`, both together',
    program: `
      count: int = 0
      for character in text
        if character == "{letter}" or character == "{other}"
          count += 1
      return count`,
    reference: ({ text }, { letter, other }) => text.split(letter).length + text.split(other).length - 2,
  },
  {
    name: "removeLetter",
    arguments: ["text"],
    returns: "string",
    letters: 1,
    spec: 'returns `text` without the letter "{letter}"',
    program: `
      kept: string = ""
      for character in text
        if character != "{letter}"
          kept += character
      return kept`,
    reference: ({ text }, { letter }) => text.replaceAll(letter, ""),
  },
  {
    name: "replaceLetter",
    arguments: ["text"],
    returns: "string",
    letters: 2,
    spec: 'returns `text` with every "{letter}" replaced by "{other}"',
    program: `
      result: string = ""
      for character in text
        if character == "{letter}"
          result += "{other}"
        else
          result += character
      return result`,
    reference: ({ text }, { letter, other }) => text.split(letter).join(other),
  },
  {
    name: "longWords",
    arguments: ["words"],
    returns: "string[]",
    k: [3, 8],
    letters: 1,
    spec: 'returns the words of `words` that have more than {k} letters or start with "{letter}"',
    program: `
      chosen: string[] = []
      for word in words
        if len(word) > {k} or word[0] == "{letter}"
          append chosen word
      return chosen`,
    reference: ({ words }, { k, letter }) =>
      words.filter((word) => word.length > k || word.startsWith(letter)),
  },
  {
    name: "joinWords",
    arguments: ["words"],
    returns: "string",
    letters: 1,
    k: [1, 3],
    spec: 'joins `words` into one text with the letter "{letter}", {k} times, between two words',
    program: `
      joined: string = ""
      for i in 0..len(words)
        if i > 0
          for times in 0..{k}
            joined += "{letter}"
        joined += words[i]
      return joined`,
    reference: ({ words }, { letter, k }) => words.join(letter.repeat(k)),
  },
  {
    name: "repeatText",
    arguments: ["text"],
    returns: "string",
    k: [2, 5],
    letters: 1,
    spec: 'returns `text` {k} times in a row, each followed by "{letter}"',
    program: `
      result: string = ""
      for times in 0..{k}
        result += text + "{letter}"
      return result`,
    reference: ({ text }, { k, letter }) => (text + letter).repeat(k),
  },
  {
    name: "shorten",
    arguments: ["text"],
    returns: "string",
    k: [3, 20],
    spec: 'returns `text` if it has at most {k} characters, otherwise its first {k} characters followed by "..."',
    program: `
      if len(text) <= {k}
        return text
      return slice(text, 0, {k}) + "..."`,
    reference: ({ text }, { k }) => (text.length > k ? `${text.substring(0, k)}...` : text),
  },
  {
    name: "isPalindrome",
    arguments: ["text"],
    returns: "bool",
    letters: 1,
    spec: 'tells whether `text` reads the same from both ends when every "{letter}" in it is left out',
    program: `
      kept: string = ""
      for character in text
        if character != "{letter}"
          kept += character
      for i in 0..len(kept)
        if kept[i] != kept[len(kept) - 1 - i]
          return false
      return true`,
    reference: ({ text }, { letter }) => {
      const kept = text.replaceAll(letter, "").split("");
      return kept.join("") === [...kept].reverse().join("");
    },
  },
  {
    name: "shiftLetters",
    arguments: ["text"],
    returns: "string",
    k: [1, 25],
    spec: "returns `text` with every letter moved {k} places on in the alphabet, from z on to a; blanks stay",
    program: `
      shifted: string = ""
      for character in text
        if character == " "
          shifted += " "
        else
          shifted += char((code(character) - 97 + {k}) % 26 + 97)
      return shifted`,
    reference: ({ text }, { k }) => {
      const alphabet = "abcdefghijklmnopqrstuvwxyz";
      return text.replace(/[a-z]/g, (letter) => `${alphabet}${alphabet}`[alphabet.indexOf(letter) + k]);
    },
  },
  {
    name: "initials",
    arguments: ["words"],
    returns: "string",
    letters: 2,
    spec: 'returns the first letters of `words` in a row, those that are "{letter}" replaced by "{other}"',
    program: `
      letters: string = ""
      for word in words
        if word[0] == "{letter}"
          letters += "{other}"
        else
          letters += word[0]
      return letters`,
    reference: ({ words }, { letter, other }) =>
      words.map(([first]) => (first === letter ? other : first)).join(""),
  },
  {
    name: "longestWord",
    arguments: ["words"],
    returns: "string",
    letters: 1,
    spec: 'returns the longest of the `words` that do not contain "{letter}" (the first of them where several are longest), or an empty text if there is none',
    program: `
      longest: string = ""
      for word in words
        found: bool = false
        for character in word
          if character == "{letter}"
            found = true
        if not found and len(word) > len(longest)
          longest = word
      return longest`,
    reference: ({ words }, { letter }) =>
      words.filter((word) => !word.includes(letter)).sort((a, b) => b.length - a.length)[0] ?? "",
  },
  {
    name: "padLeft",
    arguments: ["text"],
    returns: "string",
    k: [4, 30],
    letters: 1,
    spec: 'puts the letter "{letter}" before `text` until it has at least {k} characters',
    program: `
      padded: string = text
      while len(padded) < {k}
        padded = "{letter}" + padded
      return padded`,
    reference: ({ text }, { k, letter }) => text.padStart(k, letter),
  },
  {
    name: "hideAllBut",
    arguments: ["text"],
    returns: "string",
    k: [1, 8],
    letters: 1,
    spec: 'returns `text` with all but its last {k} characters replaced by "{letter}"',
    program: `
      hidden: string = ""
      for i in 0..len(text)
        if i < len(text) - {k}
          hidden += "{letter}"
        else
          hidden += text[i]
      return hidden`,
    reference: ({ text }, { k, letter }) => text.slice(-k).padStart(text.length, letter),
  },
  {
    name: "wordsBefore",
    arguments: ["words"],
    returns: "int",
    letters: 1,
    k: [0, 9],
    spec: 'counts the `words` that come before "{letter}" in the dictionary, and adds {k}',
    program: `
      count: int = {k}
      for word in words
        if word < "{letter}"
          count += 1
      return count`,
    reference: ({ words }, { letter, k }) => k + words.filter(([first]) => first < letter).length,
  },
  {
    name: "everyNthLetter",
    arguments: ["text"],
    returns: "string",
    k: [2, 6],
    j: [0, 4],
    spec: "returns every {k}th character of `text`, beginning at position {j} (positions are counted from 0)",
    program: `
      chosen: string = ""
      for i in {j}..len(text)
        if (i - {j}) % {k} == 0
          chosen += text[i]
      return chosen`,
    reference: ({ text }, { k, j }) =>
      text
        .slice(j)
        .split("")
        .filter((_, i) => i % k === 0)
        .join(""),
  },
];
