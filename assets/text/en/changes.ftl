# What differs between two runs, and what the words' stations say of it.

change-words = “{ $b }” instead of “{ $a }”
change-word-added = “{ $b }” added
change-word-left-out = “{ $a }” left out
change-negative = negative prompt: { $what }
change-seed = seed { $b } instead of { $a }
change-guidance = guidance { $b } instead of { $a }
change-scheduler = scheduler { $b } instead of { $a }
change-steps = { $b } steps instead of { $a }
change-eta = η { $b } instead of { $a }
change-rescale = guidance rescale { $b } instead of { $a }
change-size = { $b } pixels instead of { $a }
change-without = without { $site }
change-with = with { $site } again
change-scale = { $site } counts { $b } times instead of { $a }
change-weight = the word “{ $word }” counts { $b } times
change-weight-instead = the word “{ $word }” counts { $b } times instead of { $a }
change-from-step = { $what }, from step { $step } on

change-above-tracks = A ● / B ■: { $what }

fallen-words = These words found no slot:
fallen-more = and { $words } more
tiles-both = A ● above, B ■ below

arcs-title = layer { $layer } of { $layers }: which piece looks at which
arcs-about = thicker: looked at more · square: at itself
arcs-cosine = cosine of A ● and B ■: 1.00 is the same
