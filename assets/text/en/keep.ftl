# The panel “Keep the picture”: a code that carries the link, and a file.

keep-title = Keep the picture
keep-none-yet = There is no picture yet. It comes when the last step is done.
keep-link = The link in this code carries the words, the seed and every setting: with it the Latentarium paints this picture again.
keep-too-long = The link has { $bytes } bytes, and a code carries at most { $most }. The saved picture carries it whole.
keep-save = Save
keep-saved = Saved as { $path }
keep-not-saved = Not saved: { $why }
keep-close = Close

choices-keep = Keep the picture
