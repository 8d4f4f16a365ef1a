/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

static bool say(int socket, double result)
{
	return send(socket, &result, sizeof(result), MSG_NOSIGNAL) == (ssize_t)sizeof(result);
}

static double hear(int socket)
{
	double result;

	return recv(socket, &result, sizeof(result), 0) == (ssize_t)sizeof(result) ? result : -1;
}

static int work(int socket, const struct worker_job *job, const void *options)
{
	void *state = job->open(options);
	double result = state ? 0 : -1;

	while (result >= 0 && say(socket, result) && hear(socket) >= 0)
		result = job->run(state);
	if (state)
		job->close(state);
	return result < 0;
}

bool worker_start(struct worker *worker, const struct worker_job *job, const void *options)
{
	int sockets[2];

	/* Each result is a packet: none comes in part. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return false;
	fflush(stdout);
	worker->pid = fork();
	if (worker->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(sockets[0]);
		exit(work(sockets[1], job, options));
	}
	close(sockets[1]);
	worker->socket = sockets[0];
	return worker->pid > 0 && hear(worker->socket) >= 0;
}

double worker_run(void *data)
{
	const struct worker *worker = data;

	return say(worker->socket, 0) ? hear(worker->socket) : -1;
}

bool workers_run(struct worker *workers, unsigned count)
{
	bool good = true;

	for (unsigned i = 0; i < count; i++)
		good = say(workers[i].socket, 0) && good;
	for (unsigned i = 0; i < count; i++)
		good = hear(workers[i].socket) >= 0 && good;
	return good;
}

bool worker_end(struct worker *worker)
{
	int status = -1;

	if (worker->pid <= 0)
		return false;
	/* A worker that began later has this end of the socket, too: closing it says nothing. */
	say(worker->socket, -1);
	close(worker->socket);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
	return status == 0;
}
