# What the hands can do, in English. { $north }, { $east }, { $south } and { $west } become pictures of a pad's buttons.

hint-keyboard = Page Down, Page Up: stops · W A S D and mouse: walk · Enter: choose · Space: play, pause · T: what if? · M: map · F1: menu
hint-gamepad = Bumpers: stops · sticks: walk and look · { $south } choose · { $west } play, pause · { $north } what if? · { $east } back · Start: menu
hint-touch = One finger: look · two fingers: walk · tap: choose · swipe this text: another stop
hint-one-stick = Stick: walk and turn · press the button: choose · hold the button: everything else

## The ring of actions, for one stick and one button

ring-how = Left and right: go round · press: do it · hold: close
ring-hand = the stick does now:
ring-walk = Walk and turn
ring-look = Look around
ring-rise = Up, down, sideways
ring-dial = Turn what is in hand
ring-previous-stop = Previous stop
ring-next-stop = Next stop
ring-play-pause = Play, pause
ring-step-back = One step back
ring-step-forward = One step on
ring-speed = Another speed
ring-twin = What if?
ring-map = Map
ring-menu = Menu
ring-back = Back

## What is turned at a stop

turn-seed = seed { $value }
turn-guidance = guidance { $value }
turn-scheduler = { $value }
turn-layer = another layer
turn-channel = leaf through the channels
turn-word = another word
turn-step = decode another step
turn-compared = compare another tensor
turn-inspect = numbers
turn-ride = Ride along with the latent
