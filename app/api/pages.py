"""Open pages for people: the reference of this API, and what each problem means. Made from the code, no scripts."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
