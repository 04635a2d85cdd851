"""What all stages share about text in Arabic script: characters, spans, offsets, match form.

Belongs here: pure functions and tables on characters and strings that two or more stages need.
Does not belong here: anything about files, documents, languages' vocabularies or the database.
Stages import from here and never from each other.
"""
