# SPDX-License-Identifier: GPL-2.0-or-later
"""The real clients, each driven the way a person drives it, behind one interface (clients/client.py)."""
