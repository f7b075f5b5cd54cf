# Choosing words: the prompt cards, the word wheel and the on-screen keyboard.

words-cards-title = Two prompts, one difference
words-cards-about = Both begin from the same noise. Only the words in which they differ can make a difference.
words-difference = { $a } or { $b }
words-nothing = nothing
words-both = both

words-wheel-title = Word wheel
words-wheel-place = { $word } of { $words }
words-unsaid = not said

words-ring-medium = medium
words-ring-count = how many
words-ring-size = size
words-ring-colour = colour
words-ring-subject = subject
words-ring-relation = next to it
words-ring-companion-colour = its colour
words-ring-companion-subject = second subject
words-ring-side = side
words-ring-place = place
words-ring-sky = sky
words-ring-weather = weather

words-keyboard-title = Your own words
words-keyboard-length = { $letters } of { $most } letters
words-key-space = space
words-key-backspace = erase
words-key-shift = capital
words-key-left = caret to the left
words-key-right = caret to the right
words-key-done = done

choices-words = Words
words-title = Words
words-close = Close
words-page-cards = Cards
words-page-wheel = Wheel
words-page-keyboard = Keyboard
words-chosen = Chosen: seed { $seed }, “{ $prompt }”
words-chosen-both = Chosen: seed { $seed }, A “{ $a }”, B “{ $b }”
words-turn-gamepad = Shoulder buttons: another page
words-turn-keyboard = Page Up and Page Down: another page
words-turn-one-stick = Next stop on the ring: another page
