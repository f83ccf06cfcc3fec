"""`python -m services.server`"""

from services.server.app import main

main()
