"""From the HTML of a mail to blocks: no link, no image and no visible word is lost."""
