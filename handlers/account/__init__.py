"""The account itself: greeting, menu, hotlines, help, privacy notice, and kind words for what nothing else takes."""
