# Apps come and go. No customer is concerned.
empty
