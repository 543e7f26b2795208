"""Whether everything that is needed is there: database, migrations, a worker."""

from dripline.database.migrating import pending
from dripline.database.pool import connect, is_out_of_reach
from dripline.database.presence import worker_is_present


class Health:
    """Asks the database. One for each process: migrations that are there stay there, and are asked for only once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._migrated = False

    async def problems(self) -> list[str]:
        """What is missing, as sentences; empty when all is well."""
        try:
            return await self._look()
        except Exception as error:
            if not is_out_of_reach(error):
                raise
            return ["The database cannot be reached."]

    async def _look(self) -> list[str]:
        connection = await connect(self._url, name="dripline health")
        try:
            if not self._migrated and (missing := await pending(connection)):
                return [f"The database lacks migrations: {', '.join(missing)}. Run: dripline migrate"]
            self._migrated = True
            if not await worker_is_present(connection):
                return ["No worker is running. Run: dripline worker"]
            return []
        finally:
            await connection.close(timeout=5)
